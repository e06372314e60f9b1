{#- A word without the vowels that those who abbreviate leave out: its first letter, then its consonants. -#}
{% macro roi_word_skeleton(word) -%}
    substr({{ word }}, 1, 1) || {{ rtstruct.regex_replace('substr(' ~ word ~ ', 2)', '[aeiouy]', '') }}
{%- endmacro %}
