{#- Whose habits of naming are one: a collection, parted by manufacturer, for it may gather several clinics. -#}
{% macro roi_cohort(collection_id, manufacturer) -%}
    coalesce({{ collection_id }}, '') || '/' || coalesce({{ manufacturer }}, '')
{%- endmacro %}

{#- Kinds of affixes: what is left of a name without its affix, and the affix. -#}
{% macro roi_affixes() -%}
    {{ return([
        ('last', '^(.*[^ _.:;-])[ _.:;-]+[A-Za-z]{1,4}$', '[ _.:;-]([A-Za-z]{1,4})$'),
        ('first', '^[A-Za-z]{1,4}[ _.:;-]+([^ _.:;-].*)$', '^([A-Za-z]{1,4})[ _.:;-]'),
        ('glued2', '^(.*[A-Za-z_]{2})[A-Za-z]{2}$', '([A-Za-z]{2})$'),
        ('glued3', '^(.*[A-Za-z_]{2})[A-Za-z]{3}$', '([A-Za-z]{3})$'),
    ]) }}
{%- endmacro %}
