{#- Names are rewritten in steps, by the rows of seed roi_rewrites. A step is an expression of its own, as each
    replacement nests one deeper. -#}

{#- The first 200 characters of a ROIName without accents and ligatures. Most names are plain ASCII: they stay. -#}
{% macro roi_name_folded(expr) -%}
{%- set start = 'substr(' ~ expr ~ ', 1, 200)' -%}
case
    when {{ rtstruct.regex_match(start, '[^\\x01-\\x7f]') }}
        then {{ rtstruct.roi_name_plain_letters(
            rtstruct.replace_each(rtstruct.unaccent(start), rtstruct.roi_rewrites('letters'))
        ) }}
    else {{ start }}
end
{%- endmacro %}

{#- The folded name in lower case, camelCase parted. -#}
{% macro roi_name_lower(folded) -%}
{{ return('lower(' ~ rtstruct.replace_each(folded, rtstruct.roi_rewrites('lower')) ~ ')') }}
{%- endmacro %}

{#- One replacement after the other. -#}
{% macro replace_each(expr, replacements) -%}
{%- set name = namespace(text=expr) -%}
{%- for pattern, replacement in replacements -%}
    {%- set name.text = rtstruct.regex_replace(name.text, pattern, replacement) -%}
{%- endfor -%}
{{ return(name.text) }}
{%- endmacro %}
