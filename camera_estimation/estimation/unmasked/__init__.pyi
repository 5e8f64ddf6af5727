from .estimate import UnmaskedEstimate as UnmaskedEstimate
from .pipeline import UnmaskedPipeline as UnmaskedPipeline
