{#- A name without case, separators and other signs: what two spellings of the same name share. -#}
{% macro roi_name_key(expr) -%}
    {{ rtstruct.regex_replace('lower(' ~ expr ~ ')', '[\\pZ\\s_.-]+', '') }}
{%- endmacro %}
