{#- Grain of several columns: no two rows agree in all of them (nulls count as equal). -#}
{% test unique_together(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
