{# On DuckDB a model is made in its place, in one transaction: whatever fails, the old one stays. dbt's own
   way is to make it beside, rename both and drop the old one, in three times as many statements. #}
{% materialization table, adapter="duckdb" %}
    {% set target_relation = this.incorporate(type="table") %}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        {{ drop_what_was(load_cached_relation(this)) }}
        {{ create_table_as(false, target_relation, sql) }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {% set target_relation = this.incorporate(type="view") %}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        {{ drop_what_was(load_cached_relation(this)) }}
        {{ create_view_as(target_relation, sql) }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{% macro drop_what_was(relation) -%}
    {% if relation is not none %}drop {{ relation.type }} if exists {{ relation }};{% endif %}
{%- endmacro %}
