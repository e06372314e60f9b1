{#- One row per whole number from 1 to `last`; none if `last` is below 1. -#}
{% macro range_join(last, alias) -%}
    {{ return(adapter.dispatch('range_join', 'rtstruct')(last, alias)) }}
{%- endmacro %}

{% macro default__range_join(last, alias) -%}
    cross join unnest(generate_series(1, {{ last }})) as _{{ alias }} ({{ alias }})
{%- endmacro %}

{% macro bigquery__range_join(last, alias) -%}
    cross join unnest(generate_array(1, {{ last }})) as {{ alias }}
{%- endmacro %}
