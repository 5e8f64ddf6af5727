from .archive import check_archive as check_archive
from .array_cache import ArrayCache as ArrayCache
from .array_file import array_names as array_names, read_array as read_array, read_arrays as read_arrays
from .atomic import (
    is_disk_full as is_disk_full,
    write_bytes as write_bytes,
    write_error as write_error,
    write_image as write_image,
    write_pixels as write_pixels,
    write_text as write_text,
    write_through as write_through,
)
from .checksum import file_sha256 as file_sha256
from .cloud import (
    ObjectPath as ObjectPath,
    copies_folder as copies_folder,
    input_path as input_path,
    is_object as is_object,
    look_up_objects as look_up_objects,
    require_object as require_object,
)
from .comma_separated import csv_text as csv_text, plain_cell as plain_cell
from .compilation import note_compilation as note_compilation, tell_of_compilation as tell_of_compilation
from .csv_rows import table_records as table_records, table_rows as table_rows
from .figures import figure_files as figure_files, write_figure as write_figure
from .folder_lock import lock_folder as lock_folder
from .freed_memory import FreedMemory as FreedMemory, release_freed_memory as release_freed_memory
from .image_file import read_rgba as read_rgba
from .limits import (
    check_file_size as check_file_size,
    check_limit as check_limit,
    check_plain_file as check_plain_file,
    current_limits as current_limits,
    names_file as names_file,
    read_content as read_content,
    use_limits as use_limits,
)
from .line_log import LineLog as LineLog, is_gone as is_gone, removed_error as removed_error
from .machine_cache import cache_folder as cache_folder, cache_home as cache_home
from .memory import free_memory as free_memory, is_memory_low as is_memory_low
from .named_files import find_named_files as find_named_files
from .picture_file import open_picture as open_picture, read_picture as read_picture
from .pillow_limits import open_limited as open_limited, open_picture_format as open_picture_format
from .png_text import png_with_texts as png_with_texts
from .process import (
    choose_threads as choose_threads,
    chooses_threads as chooses_threads,
    hasten_imports as hasten_imports,
    keep_freed_memory as keep_freed_memory,
    leave_at_once as leave_at_once,
    offer_memory_first as offer_memory_first,
    settle_process as settle_process,
    tune_process as tune_process,
)
from .processors import (
    FreeProcessors as FreeProcessors,
    usable_processors as usable_processors,
    whole_processors as whole_processors,
)
from .spreadsheet import Cell as Cell, Sheet as Sheet, sheet_names as sheet_names, workbook_bytes as workbook_bytes
from .stale_files import remove_stale_files as remove_stale_files
from .standard_streams import find_write_error as find_write_error, survive_lost_readers as survive_lost_readers
from .strict_json import json_text as json_text
from .text_file import (
    bracket_depth as bracket_depth,
    count_values as count_values,
    json_structure as json_structure,
    parse_json as parse_json,
    read_json as read_json,
    read_table as read_table,
    read_toml as read_toml,
)
from .text_tables import (
    Rows as Rows,
    latex_table as latex_table,
    markdown_table as markdown_table,
    terminal_width as terminal_width,
    text_table as text_table,
)
from .video_file import VideoIndex as VideoIndex, index_video as index_video, read_frame as read_frame
from .video_paths import (
    VIDEO_EXTENSIONS as VIDEO_EXTENSIONS,
    frame_path as frame_path,
    is_video as is_video,
    split_frame_path as split_frame_path,
)
from .video_writing import missing_for_videos as missing_for_videos, video_bytes as video_bytes
from .whole_number import parse_whole as parse_whole
from .xml_file import look_through_xml as look_through_xml, parse_xml as parse_xml
