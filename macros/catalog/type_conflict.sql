{#- What the name says against what RTROIInterpretedType (DICOM PS3.3 C.8.8.8.1) says; null if they agree or
    either says nothing. -#}
{% macro type_conflict(roi_class, interpreted_type) -%}
    case
        when {{ roi_class }} = 'UNKNOWN' or {{ interpreted_type }} is null then null
        when {{ interpreted_type }} in ('GTV', 'CTV', 'PTV') and {{ roi_class }} in ('ANATOMY', 'PRV', 'EXTERNAL')
            then 'type says target'
        when {{ interpreted_type }} in ('ORGAN', 'AVOIDANCE') and {{ roi_class }} = 'TARGET'
            then 'type says organ'
        when {{ interpreted_type }} = 'EXTERNAL' and {{ roi_class }} in ('ANATOMY', 'TARGET', 'PRV')
            then 'type says external'
    end
{%- endmacro %}
