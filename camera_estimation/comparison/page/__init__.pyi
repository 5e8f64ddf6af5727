from .report import REPORT_NAME as REPORT_NAME, report_html as report_html
