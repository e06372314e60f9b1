with referenced as (
    select * from {{ ref('int_conversions') }}
),

registered as (
    select * from {{ ref('int_registered_conversions') }}
),

structure_sets as (
    select * from {{ ref('int_structure_sets') }}
),

image_series as (
    select * from {{ ref('int_image_series') }}
),

image_stacks as (
    select * from {{ ref('int_image_stacks') }}
),

codes as (
    select * from {{ ref('codes') }}
),

conversions as (
    {% for part in ['referenced', 'registered'] -%}
    select
        structure_set_key,
        referenced_SeriesInstanceUID,
        stack_number,
        stack_count,
        evidence,
        stack_evidence,
        contours_named,
        contours_elsewhere,
        contours_unnamed,
        is_same_patient,
        roi_count,
        volume_roi_count,
        point_roi_count,
        unknown_roi_count,
        reason_code
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- what stops a conversion whatever is written, and what the grid of the stack stops
refusals as (
    select
        conversions.*,
        image_stacks.grid_kind,
        case coalesce(
            image_stacks.grid_kind,
            -- where the source tells of series only, what it says of the series holds for its stack
            case
                when image_series.is_sheared and image_series.is_one_orientation then 'sheared'
                when not image_series.is_evenly_spaced then 'irregular'
            end
        )
            when 'irregular' then 'irregular_spacing'
            when 'sheared' then 'sheared_stack'
        end as grid_code
    from conversions
    left join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
    left join image_stacks
        on
            conversions.referenced_SeriesInstanceUID = image_stacks.SeriesInstanceUID
            and conversions.stack_number = image_stacks.stack_number
),

final as (
    select
        ---------- the structure set
        conversions.structure_set_key,
        structure_sets.collection_id,
        structure_sets.analysis_result_id,
        structure_sets.PatientID,
        structure_sets.StudyInstanceUID,
        structure_sets.SeriesInstanceUID,
        structure_sets.SOPInstanceUID,
        structure_sets.instance_hash,
        structure_sets.file_path,
        structure_sets.archive_member,
        structure_sets.crdc_series_uuid,
        structure_sets.aws_bucket,
        structure_sets.license_short_name,
        structure_sets.source_DOI,
        structure_sets.instance_size / 1000000 as series_size_MB,

        ---------- the image that it is drawn on
        conversions.referenced_SeriesInstanceUID,
        image_series.StudyInstanceUID as referenced_StudyInstanceUID,
        conversions.stack_number,
        conversions.stack_count,
        image_stacks.separated_by,
        conversions.evidence,
        conversions.stack_evidence,
        conversions.contours_named,
        conversions.contours_elsewhere,
        conversions.contours_unnamed,
        coalesce(image_stacks.PatientID, image_series.PatientID) as image_PatientID,
        coalesce(image_stacks.FrameOfReferenceUID, image_series.FrameOfReferenceUID)
            as image_FrameOfReferenceUID,
        image_series.Modality as image_Modality,
        coalesce(
            image_stacks.{{ adapter.quote('Rows') }}, image_series.{{ adapter.quote('Rows') }}
        ) as image_Rows,
        coalesce(
            image_stacks.{{ adapter.quote('Columns') }}, image_series.{{ adapter.quote('Columns') }}
        ) as image_Columns,
        coalesce(image_stacks.instance_count, image_series.instance_count)
            as image_instance_count,
        image_series.crdc_series_uuid as image_crdc_series_uuid,
        image_series.aws_bucket as image_aws_bucket,
        image_series.license_short_name as image_license_short_name,
        image_series.source_DOI as image_source_DOI,
        image_series.series_size_MB as image_series_size_MB,
        coalesce(
            case when image_stacks.instance_count > 1 then image_stacks.grid_kind = 'uniform' end,
            case when image_stacks.SeriesInstanceUID is null then image_series.regularly_spaced end
        ) as regularly_spaced,
        conversions.grid_kind,
        coalesce(image_stacks.obliquity_degrees, image_series.obliquity_degrees)
            as obliquity_degrees,

        ---------- what there is to convert
        conversions.roi_count,
        conversions.volume_roi_count,
        conversions.point_roi_count,
        conversions.reason_code is null as is_convertible,
        conversions.reason_code,
        codes.meaning as reason,
        conversions.grid_code,
        {% for output in ['nifti', 'resampled', 'seg'] -%}
        coalesce(
            conversions.reason_code,
            case when grid_codes.blocks_{{ output }} then grid_codes.code end
        ) as {{ output }}_refusal,
        {% endfor -%}
        {{ viewer_url(
            'structure_sets.StudyInstanceUID',
            'conversions.referenced_SeriesInstanceUID',
            'structure_sets.SeriesInstanceUID'
        ) }} as viewer_url,
        {{ idc_version() }}
    from refusals as conversions
    inner join structure_sets on conversions.structure_set_key = structure_sets.structure_set_key
    left join image_series
        on conversions.referenced_SeriesInstanceUID = image_series.SeriesInstanceUID
    left join image_stacks
        on
            conversions.referenced_SeriesInstanceUID = image_stacks.SeriesInstanceUID
            and conversions.stack_number = image_stacks.stack_number
    left join codes on conversions.reason_code = codes.code
    left join codes as grid_codes on conversions.grid_code = grid_codes.code
)

select * from final
