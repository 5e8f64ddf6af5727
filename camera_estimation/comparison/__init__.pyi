from .ablation import ablated_objective as ablated_objective, variants as variants
from .compared import Selection as Selection, selected_objectives as selected_objectives
from .objective_run import ComparisonOptions as ComparisonOptions
from .outcomes import Comparison as Comparison, assembled as assembled
from .runner import compare_samples as compare_samples
from .summary_text import NAME as NAME
from .words import counted as counted
from .written import write_comparison as write_comparison
