from .estimation import (
    LightEstimate as LightEstimate,
    estimate_common_light as estimate_common_light,
    estimate_light as estimate_light,
    relight as relight,
)
from .light import Light as Light, light_from_dict as light_from_dict
from .light_ball import draw_light_ball as draw_light_ball, shading_polynomial as shading_polynomial
from .lit_surface import LitSurface as LitSurface, observe_surface as observe_surface
from .method import LightMethod as LightMethod, light_registry as light_registry
from .photograph import Photograph as Photograph, open_photograph as open_photograph
from .problem import LightProblem as LightProblem, Sighting as Sighting
from .sequence_light import (
    SequenceLight as SequenceLight,
    choose_frames_evenly as choose_frames_evenly,
    estimate_sequence_light as estimate_sequence_light,
)
from .sphere import SphereGrid as SphereGrid, evaluate_harmonics as evaluate_harmonics
