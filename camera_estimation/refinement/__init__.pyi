from .deformation import (
    Deformed as Deformed,
    SmoothDeformations as SmoothDeformations,
    refine_deformed as refine_deformed,
)
from .gauss_newton import OnIteration as OnIteration, refine as refine, straightened as straightened
from .gradient_descent import descend as descend
