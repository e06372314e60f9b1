{#- DICOM integer string (IS) as a number; null for anything that is not one (padding is allowed). -#}
{% macro safe_int(expr) -%}
    case
        when {{ rtstruct.regex_match(expr, '^[[:space:]]*[+-]?[0-9]{1,18}[[:space:]]*$') }}
            then {{ rtstruct.safe_cast_text(expr, 'int64') }}
    end
{%- endmacro %}

{#- DICOM decimal string (DS) as a number; null for anything that is not one (padding is allowed). -#}
{% macro safe_float(expr) -%}
    case
        when
            {{ rtstruct.regex_match(
                expr, '^[[:space:]]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?[[:space:]]*$'
            ) }}
            then {{ rtstruct.safe_cast_text(expr, type_double()) }}
    end
{%- endmacro %}
