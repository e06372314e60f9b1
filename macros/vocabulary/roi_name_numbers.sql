{#- Planning margin in mm, read from the tokens of a name joined by blanks (`cord + 5 mm`, `prv 05`, `exp 0.5`).
    A margin without a unit is in mm, unless it is below 1: nobody plans with less than a millimetre. -#}
{% macro roi_margin_mm(tokens) -%}
    {%- set millimetres = rtstruct.regex_group(tokens, ' ([0-9.]+) mm ') -%}
    {%- set centimetres = rtstruct.regex_group(tokens, ' ([0-9.]+) cm ') -%}
    {%- set bare = rtstruct.regex_group(
        tokens, ' (?:prv|[+]|exp|expansion|margin|marge) (?:[lr] |[a-z]+ )?([0-9]{1,2}(?:[.][0-9]+)?) '
    ) -%}
    case
        when {{ millimetres }} is not null then {{ rtstruct.safe_float(millimetres) }}
        when {{ centimetres }} is not null then {{ rtstruct.safe_float(centimetres) }} * 10
        when {{ rtstruct.safe_float(bare) }} < 1 then {{ rtstruct.safe_float(bare) }} * 10
        else {{ rtstruct.safe_float(bare) }}
    end
{%- endmacro %}

{#- Prescribed dose in Gy: a number with its unit, or a number that only a dose can be (20 to 99 Gy; 2000 to 9999
    cGy, as TG-263 writes it). -#}
{% macro roi_dose_gy(tokens) -%}
    {%- set gray = rtstruct.regex_group(tokens, ' ([0-9.]+) gy ') -%}
    {%- set centigray = rtstruct.regex_group(tokens, ' ([0-9.]+) cgy ') -%}
    {%- set bare = rtstruct.regex_group(tokens, ' (?:[a-z]{2,}|[abd-z]|[-+/]) ([2-9][0-9](?:[.][0-9]+)?) ') -%}
    {%- set bare_centigray = rtstruct.regex_group(tokens, ' ([2-9][0-9]{3}) ') -%}
    case
        when {{ gray }} is not null then {{ rtstruct.safe_float(gray) }}
        when {{ centigray }} is not null then {{ rtstruct.safe_float(centigray) }} / 100
        when {{ bare_centigray }} is not null then {{ rtstruct.safe_float(bare_centigray) }} / 100
        else {{ rtstruct.safe_float(bare) }}
    end
{%- endmacro %}
