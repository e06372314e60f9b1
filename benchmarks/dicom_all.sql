-- One image series of 26 slices and one structure set with 1 to 5 ROIs for each patient; UIDs are
-- as long as IDC's.
with sets as (
    select n, 'P' || n as patient, 'c' || (n % 19) as collection, range(1, 2 + n % 5) as numbers,
        '1.3.6.1.4.1.14519.5.2.1.9999.' || hash(n) as uid, range(1, 27) as slices
    from range($structure_sets) as r(n)
),
named as (
    select *, uid || '.1' as study, uid || '.2' as image, uid || '.3' as series,
        uid || '.4' as frame,
        [uid || '.2.' || k for k in slices] as sops,
        [i::varchar for i in numbers] as texts
    from sets
),
rows as (
    select collection as collection_id, patient as PatientID, study as StudyInstanceUID,
        series as SeriesInstanceUID, series || '.1' as SOPInstanceUID,
        '1.2.840.10008.5.1.4.1.1.481.3' as SOPClassUID, 'RTSTRUCT' as Modality,
        null::bigint as Rows, null::varchar[] as ImagePositionPatient,
        [{ROINumber: t, ReferencedFrameOfReferenceUID: frame,
           ROIName: $names[1 + (n + t::int) % 8] || case when n % 7 = 0 then ' ' || n else '' end,
           ROIDescription: '', ROIGenerationAlgorithm: 'MANUAL'} for t in texts]
            as StructureSetROISequence,
        [{ReferencedROINumber: t, RTROIInterpretedType: 'ORGAN',
           RTROIIdentificationCodeSequence: null::struct(CodeValue varchar,
           CodingSchemeDesignator varchar, CodeMeaning varchar)[]} for t in texts]
            as RTROIObservationsSequence,
        [{FrameOfReferenceUID: frame, RTReferencedStudySequence: [{RTReferencedSeriesSequence:
           [{SeriesInstanceUID: image, ContourImageSequence: [
           {ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2', ReferencedSOPInstanceUID: s}
           for s in sops]}]}]}] as ReferencedFrameOfReferenceSequence,
        [{ReferencedROINumber: t, contour_count: 10::bigint, point_count: 400::bigint,
           contour_geometric_types: ['CLOSED_PLANAR'],
           enclosing_contour_count: 10::bigint, point_contour_count: 0::bigint,
           untyped_contour_count: 0::bigint, z_min_mm: 0.0::double,
           z_max_mm: 30.0::double, ROIDisplayColor: ['255', '0', '0'], image_sop_uids: sops,
           image_contour_counts: [1::bigint for s in sops]}
           for t in texts] as roi_contours,
        frame as FrameOfReferenceUID
    from named
    union all by name
    select collection as collection_id, patient as PatientID, study as StudyInstanceUID,
        image as SeriesInstanceUID, sops[k] as SOPInstanceUID,
        '1.2.840.10008.5.1.4.1.1.2' as SOPClassUID, 'CT' as Modality, 512::bigint as Rows,
        ['-250', '-250', (3 * k)::varchar] as ImagePositionPatient,
        frame as FrameOfReferenceUID
    from named, unnest(slices) as u(k)
)
select *, Rows as Columns, ['1', '1'] as PixelSpacing,
    ['1', '0', '0', '0', '1', '0'] as ImageOrientationPatient,
    null::varchar as NumberOfFrames, '1' as InstanceNumber, null::varchar[] as ImageType,
    null::varchar as SliceThickness, null::varchar as AcquisitionNumber,
    null::varchar as TemporalPositionIdentifier, null::bigint as TemporalPositionIndex,
    null::varchar as EchoTime, null::double as DiffusionBValue, null::varchar as TriggerTime,
    null::time as AcquisitionTime, null::varchar[] as ConvolutionKernel,
    null::time as ContentTime,
    null::varchar as analysis_result_id, 'made' as SeriesDescription, 'L' as StructureSetLabel,
    null::varchar as StructureSetName, null::date as StructureSetDate,
    null::varchar as ApprovalStatus, 'ACME' as Manufacturer, 'M' as ManufacturerModelName,
    null::varchar as crdc_series_uuid, null::varchar as aws_bucket, 1000::bigint as instance_size,
    null::varchar as instance_hash, null::bigint as series_init_idc_version,
    null::bigint as series_revised_idc_version, 'CC BY 4.0' as license_short_name,
    null::varchar as Source_DOI, '/data/' || SOPInstanceUID as file_path,
    null::varchar as archive_member, null::varchar as header_hash, 'Public' as access
from rows
