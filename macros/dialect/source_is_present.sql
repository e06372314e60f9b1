{#- Whether a source can be read that is a local file and may be missing: the registry before the first conversion,
    the table of files beside an index made by hand. BigQuery holds neither. -#}
{% macro source_is_present(source) -%}
    {{ return(adapter.dispatch('source_is_present', 'rtstruct')(source)) }}
{%- endmacro %}

{% macro default__source_is_present(source) -%} {{ return(false) }} {%- endmacro %}

{% macro duckdb__source_is_present(source) -%}
    {%- if not execute -%} {{ return(false) }} {%- endif -%}
    {%- set found = run_query('select count(*) from ' ~ (source | string).replace('read_parquet', 'glob', 1).replace(', hive_partitioning = false', '')) -%}
    {{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}
