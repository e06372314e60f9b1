{#- Whether the registry can be read: a local file that is there only after the first conversion, and that
    BigQuery does not hold. -#}
{% macro registry_is_present() -%}
    {{ return(adapter.dispatch('registry_is_present', 'rtstruct')()) }}
{%- endmacro %}

{% macro default__registry_is_present() -%} {{ return(false) }} {%- endmacro %}

{% macro duckdb__registry_is_present() -%}
    {%- if not execute -%} {{ return(false) }} {%- endif -%}
    {%- set path = env_var('RTSTRUCT_HOME', 'rtstruct-data') ~ '/registry_rois.parquet' -%}
    {%- set found = run_query("select count(*) from glob('" ~ path | replace("'", "''") ~ "')") -%}
    {{ return(found.columns[0].values()[0] > 0) }}
{%- endmacro %}
