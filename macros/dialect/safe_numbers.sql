{#- DICOM integer string (IS) as a number; null for anything that is not one (padding is allowed). -#}
{% macro safe_int(expr) -%}
    case
        when {{ rtstruct.regex_match(expr, '^[[:space:]]*[+-]?[0-9]{1,18}[[:space:]]*$') }}
            then {{ rtstruct.safe_cast_text(expr, 'int64') }}
    end
{%- endmacro %}

{#-
    DICOM decimal string (DS) as a number; null for anything that is not one (padding is allowed),
    and for what no float can hold or a product of a few would overflow by: BigQuery ends the query
    there. The same expressions as in python/rtstruct/dicom/numbers.py.
-#}
{% macro safe_float(expr) -%}
    case
        when
            {{ rtstruct.regex_match(
                expr,
                '^[[:space:]]*[+-]?([0-9]{1,40}([.][0-9]*)?|[.][0-9]+)'
                ~ '([eE]([+]?0*[0-2]?[0-9]|-[0-9]{1,3}))?[[:space:]]*$'
            ) }}
            then {{ rtstruct.safe_cast_text(expr, type_double()) }}
    end
{%- endmacro %}
