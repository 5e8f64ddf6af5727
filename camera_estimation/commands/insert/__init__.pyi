from .command import list_lights as list_lights, run_insert as run_insert
from .files import (
    INSERTED_NAME as INSERTED_NAME,
    INSERTION_NAME as INSERTION_NAME,
)
from .group import GroupOutcome as GroupOutcome, insert_into_group as insert_into_group
from .inserter import UP_REMARKS as UP_REMARKS, InsertedSample as InsertedSample, Inserter as Inserter
from .plan import (
    DEFAULT_UP as DEFAULT_UP,
    InsertPlan as InsertPlan,
    InsertRequest as InsertRequest,
    group_images as group_images,
    plan_insert as plan_insert,
)
from .scene_memory import SceneMemory as SceneMemory
