from .ablation import ablation_base as ablation_base, variants as variants
from .compared import Selection as Selection, select_objectives as select_objectives
from .objective_run import ComparisonOptions as ComparisonOptions
from .outcomes import ComparisonOutcomes as ComparisonOutcomes, assemble_outcomes as assemble_outcomes
from .runner import compare_samples as compare_samples
from .summary_text import NAME as NAME
from .words import count_text as count_text
from .written import write_comparison as write_comparison
