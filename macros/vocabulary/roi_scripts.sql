{#- What scripts other than Latin need. Greek and Cyrillic part their words by blanks; Chinese, Japanese and Korean
    glue a side to its organ. -#}

{#- One token of a name: a word of one script, a number or a sign. -#}
{% macro roi_token_pattern() -%}
    {{ return(
        '[a-z]+|[0-9]+(?:[.][0-9]+)?|[-+~^%&/]|[\\p{Greek}\\p{Cyrillic}]+|\\p{Hangul}+'
        ~ '|[\\p{Han}\\p{Hiragana}\\p{Katakana}ー]+'
    ) }}
{%- endmacro %}

{#- What a token that is a word begins with: anything but a figure or a sign. -#}
{% macro roi_word_pattern() -%} {{ return('^[^-0-9+~^%&/]') }} {%- endmacro %}

{#- What a word begins with whose every letter may be a word: 肺, 폐. -#}
{% macro roi_syllabic_pattern() -%} {{ return('^[\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}]') }} {%- endmacro %}

{#- Letters and figures of full width, and letters that are more than a letter with an accent, as plain ones. Σ too:
    in lower case it is ς at the end of a word for BigQuery and σ for DuckDB. -#}
{% macro roi_name_plain_letters(expr) -%}
    translate(
        {{ expr }},
        'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９＿－＋／．％łŁđĐıøØςΣⅠⅤ',
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/.%lLdDioOσσIV'
    )
{%- endmacro %}

{#- Sides set free of the organ that they are glued to. 左 and 右 are sides wherever they stand; in Korean only at the
    beginning of a word, and 좌골 is the ischium. -#}
{% macro roi_name_parted_sides(expr) -%}
case
    when {{ rtstruct.regex_match(expr, '[\\p{Han}\\p{Hangul}]') }}
        then {{ rtstruct.replace_each(expr, rtstruct.roi_rewrites('parted_sides')) }}
    else {{ expr }}
end
{%- endmacro %}
