{#- Names are rewritten in steps, by the rows of seed roi_rewrites. A few rows are an expression of their own, as each
    replacement nests one deeper: engines and linters bear no hundred. -#}

{#- The first 200 characters of a ROIName without accents and ligatures. Most names are plain ASCII: they stay. -#}
{% macro roi_name_folded(expr) -%}
{%- set start = 'substr(' ~ expr ~ ', 1, 200)' -%}
case
    when {{ rtstruct.regex_match(start, '[^\\x01-\\x7f]') }}
        then {{ rtstruct.roi_name_plain_letters(
            rtstruct.replace_each(
                rtstruct.unaccent(rtstruct.replace_each(start, rtstruct.roi_rewrites('accents'))),
                rtstruct.roi_rewrites('letters')
            )
        ) }}
    else {{ start }}
end
{%- endmacro %}

{#- The folded name in lower case, camelCase parted. -#}
{% macro roi_name_lower(folded) -%}
{{ return('lower(' ~ rtstruct.replace_each(folded, rtstruct.roi_rewrites('lower')) ~ ')') }}
{%- endmacro %}

{#- The replacements of steps, in lists of a few. -#}
{% macro roi_rewrites_in_parts(steps) -%}
{%- set found = [] -%}
{%- for step in steps -%}
    {%- do found.extend(rtstruct.roi_rewrites(step)) -%}
{%- endfor -%}
{{ return(found | batch(16) | list) }}
{%- endmacro %}

{#- One replacement after the other. -#}
{% macro replace_each(expr, replacements) -%}
{%- set name = namespace(text=expr) -%}
{%- for pattern, replacement in replacements -%}
    {%- set name.text = rtstruct.regex_replace(name.text, pattern, replacement) -%}
{%- endfor -%}
{{ return(name.text) }}
{%- endmacro %}
