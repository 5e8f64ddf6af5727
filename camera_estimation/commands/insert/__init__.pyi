from .command import list_lights as list_lights, run_insert as run_insert
from .files import (
    INSERTED_NAME as INSERTED_NAME,
    INSERTION_NAME as INSERTION_NAME,
)
from .plan import InsertPlan as InsertPlan, InsertRequest as InsertRequest, plan_insert as plan_insert
