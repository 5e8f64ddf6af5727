from .ablation import ablation_base as ablation_base, variants as variants
from .comparison_files import write_comparison as write_comparison
from .objective_run import ComparisonOptions as ComparisonOptions
from .objectives import (
    ComparedObjective as ComparedObjective,
    Selection as Selection,
    select_objectives as select_objectives,
)
from .outcomes import ComparisonOutcomes as ComparisonOutcomes, assemble_outcomes as assemble_outcomes
from .runner import compare_samples as compare_samples
from .starts import ANSWER as ANSWER, DISTURBED_DEG as DISTURBED_DEG
from .summary import SUMMARY_NAME as SUMMARY_NAME, count_text as count_text
