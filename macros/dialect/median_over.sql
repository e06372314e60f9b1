{#- Median of a number among the rows of a partition, on each of its rows. -#}
{% macro median_over(number, partition) -%}
    {{ return(adapter.dispatch('median_over', 'rtstruct')(number, partition)) }}
{%- endmacro %}

{% macro default__median_over(number, partition) -%}
    median({{ number }}) over (partition by {{ partition }})
{%- endmacro %}

{% macro bigquery__median_over(number, partition) -%}
    percentile_cont({{ number }}, 0.5) over (partition by {{ partition }})
{%- endmacro %}
