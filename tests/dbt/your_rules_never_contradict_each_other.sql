-- Case does not matter; a row of the template that nobody filled in says nothing.
select lower(ROIName) as name_key
from {{ ref('roi_synonyms_local') }}
where roi_class is not null or structure is not null
group by lower(ROIName)
having
    count(
        distinct
        coalesce(roi_class, 'ANATOMY') || '/' || coalesce(structure, '')
        || '/' || coalesce(laterality, '')
    ) > 1
