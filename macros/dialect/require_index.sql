{#- Stops a run that would read an index that is not there, before the first model does. Only DuckDB reads files. -#}
{% macro require_index() -%}
    {{ return(adapter.dispatch('require_index', 'rtstruct')()) }}
{%- endmacro %}

{% macro default__require_index() -%} {%- endmacro %}

{% macro duckdb__require_index() -%}
    {%- set index = source('idc', 'dicom_all') -%}
    {#- Documentation needs no index. While dbt parses, what was selected is that of the run before. -#}
    {%- set is_run = execute and flags.WHICH in ('run', 'build') -%}
    {%- set is_read = is_run and 'model.rtstruct.stg_dicom_all' in selected_resources -%}
    {%- if is_read and not rtstruct.source_is_present(index) -%}
        {%- do exceptions.raise_compiler_error(
            'there is no ' ~ (index | string).removeprefix("read_parquet('").removesuffix("', hive_partitioning = false)")
            ~ ': run `rtstruct index PATH...` first'
        ) -%}
    {%- endif -%}
    {#- Seeds that a selected model reads, and that nobody has loaded: the database would name a table only. -#}
    {%- if execute and flags.WHICH == 'run' -%}
        {%- for name in selected_resources -%}
            {%- for parent in graph.nodes.get(name, {}).get('depends_on', {}).get('nodes', []) -%}
                {%- if parent.startswith('seed.') -%}
                    {%- set seed = graph.nodes[parent] -%}
                    {%- if adapter.get_relation(seed.database, seed.schema, seed.alias) is none -%}
                        {%- do exceptions.raise_compiler_error(
                            'the seeds are not loaded: run `dbt build`, or `dbt seed` first'
                        ) -%}
                    {%- endif -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
