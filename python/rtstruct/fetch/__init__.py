"""From IDC's public buckets to a verified cache.

An object is ``<crdc_series_uuid>/<crdc_instance_uuid>.dcm``. A series that is revised gets a new
uuid, so that what is in the cache never becomes stale.
"""
