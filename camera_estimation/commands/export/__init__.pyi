from .command import list_formats as list_formats, run_export as run_export
from .plan import (
    ExportPlan as ExportPlan,
    ExportRequest as ExportRequest,
    plan_export as plan_export,
    prepare_exporters as prepare_exporters,
)
