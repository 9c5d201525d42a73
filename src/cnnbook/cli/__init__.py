"""Commands: ``info``, ``data``, ``train``, ``evaluate``, ``predict``, ``cache``, ``accept``."""
