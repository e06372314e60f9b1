{#- Languages whose words the vocabulary knows; the first one that fits all words of a name is its language. -#}
{% macro roi_languages() -%}
    {{ return([
        'en', 'fr', 'es', 'de', 'nl', 'it', 'pt', 'sv', 'da', 'no', 'fi', 'pl', 'cs', 'hu', 'ro', 'tr', 'el', 'ru', 'uk', 'hr',
        'ja', 'zh', 'ko', 'la', 'ca',
    ]) }}
{%- endmacro %}
