-- Takes no rows until the catalog gives it some; `rtstruct names` puts its own in its place.
select cast(null as {{ dbt.type_string() }}) as ROIName
limit 0
