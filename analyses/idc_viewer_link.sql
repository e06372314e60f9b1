-- From IDC's documentation: the viewer link of a random study that has a structure set, in the
-- older form of the link that the documentation uses.
with dicom_all as (
    select * from {{ source('idc', 'dicom_all') }}
),

studies as (
    select distinct StudyInstanceUID
    from dicom_all
    where SOPClassUID = '{{ var("rtstruct_sop_class_uid") }}'
),

final as (
    select
        StudyInstanceUID,
        'https://viewer.imaging.datacommons.cancer.gov/viewer/' || StudyInstanceUID as viewer_url
    from studies
)

select * from final
-- another study with every run of dbt, on every engine
order by {{ dbt.hash("StudyInstanceUID || '" ~ run_started_at ~ "'") }}
limit 1
