from ._bins import wilson_interval as wilson_interval
from .experiment import Basin as Basin, basin_of as basin_of
from .figure import figure_remark as figure_remark
from .files import (
    has_basin as has_basin,
    remove_basin as remove_basin,
    write_basin as write_basin,
    write_run_figure as write_run_figure,
)
