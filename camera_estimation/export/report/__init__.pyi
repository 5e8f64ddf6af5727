from .collector import ReportCollector as ReportCollector
from .page import write_run_page as write_run_page
