from .pipeline import UnmaskedPipeline as UnmaskedPipeline
from .reduced_image import estimate_reduced as estimate_reduced, is_large as is_large
