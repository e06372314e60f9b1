select max(vocabulary_version) as vocabulary_version, max(idc_version) as idc_version
from roi_name_vocabulary
