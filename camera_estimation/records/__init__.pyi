from .history_workbook import write_workbook as write_workbook
from .requirements import check_recordable as check_recordable
from .run_folder import new_run_folder as new_run_folder, run_name as run_name
from .run_log import RUN_LOG_NAME as RUN_LOG_NAME, tee_terminal as tee_terminal
from .sample_record import write_record as write_record
