from .matcher import Matcher as Matcher, create_matcher as create_matcher, missing_matcher as missing_matcher
from .render_matches import match_render as match_render
