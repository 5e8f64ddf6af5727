from .chosen_settings import SettingsChoice as SettingsChoice, parse_choice as parse_choice
from .form import form_values as form_values, setting_paths as setting_paths
from .registered import plugin_tables as plugin_tables
from .settings_text import settings_changes as settings_changes, settings_toml as settings_toml
