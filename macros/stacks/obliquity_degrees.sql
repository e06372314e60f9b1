{#- Between the normal of slices and the nearest axis of the patient. -#}
{% macro obliquity_degrees(prefix='') -%}
round(
            acos(
                least(
                    greatest(
                        abs({{ prefix }}normal_x), abs({{ prefix }}normal_y), abs({{ prefix }}normal_z)
                    ), 1.0
                )
            ) * 180 / acos(-1), 2
        )
{%- endmacro %}
