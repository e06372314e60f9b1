{#-
A text of a rule of the user's own as it was meant: templates for spreadsheets put an apostrophe
before what would be a formula there (`for_spreadsheet` in python/rtstruct/quoting.py).
-#}
{% macro as_written(expr) -%}
    {{ rtstruct.regex_replace(expr, '^\\x27(\\x27*[-=+@\\t\\r])', '\\1') }}
{%- endmacro %}
