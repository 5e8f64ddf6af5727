from .trace import Iteration as Iteration, Progress as Progress, Stage as Stage, Stages as Stages
