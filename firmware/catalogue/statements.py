"""The longer statements of the catalogue, in SQLite's words."""

from firmware.catalogue.row import COLUMNS

PUT = f"INSERT OR REPLACE INTO recordings ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608  our own names
FIND = f"SELECT {', '.join(COLUMNS)} FROM recordings"  # noqa: S608  our own names
HELD = "INSERT OR IGNORE INTO held (hold, recording) VALUES (?, ?)"
BURY = "INSERT OR REPLACE INTO tombstones (id, certificate, destroyed_ns) VALUES (?, ?, ?)"
ALL = tuple(f"SELECT * FROM {name} ORDER BY 1, 2" for name in ("recordings", "held", "tombstones", "tags"))  # noqa: S608  our own names

GROUPS = """
WITH RECURSIVE found(place) AS (
    SELECT (SELECT rowid FROM recordings WHERE due > ? AND on_date IS NOT NULL
            ORDER BY due, department, on_date LIMIT 1)
    UNION ALL
    SELECT coalesce(
        (SELECT rowid FROM recordings
         WHERE due = here.due AND department = here.department AND on_date > here.on_date
         ORDER BY on_date LIMIT 1),
        (SELECT rowid FROM recordings
         WHERE due = here.due AND department > here.department AND on_date IS NOT NULL
         ORDER BY department, on_date LIMIT 1),
        (SELECT rowid FROM recordings
         WHERE due > here.due AND on_date IS NOT NULL
         ORDER BY due, department, on_date LIMIT 1))
    FROM found JOIN recordings AS here ON here.rowid = found.place
)
SELECT department, on_date, due FROM found JOIN recordings ON recordings.rowid = found.place
ORDER BY due, department, on_date
"""
"""A loose index scan: from each group to the first row behind it, within its day and department, its day, or later."""

FREE = "NOT EXISTS (SELECT 1 FROM held WHERE held.recording = recordings.id)"
"""No hold keeps it."""

TAG = "INSERT OR IGNORE INTO tags (tag, recording) VALUES (?, ?)"
TAGGED = f"{FIND} WHERE id IN (SELECT recording FROM tags WHERE tag = ?) ORDER BY began_ns DESC, id LIMIT ?"  # noqa: S608  our own names
NEWEST_TAG = "SELECT tag, recording FROM tags ORDER BY rowid DESC LIMIT 1"
STRAY_TAGS = "DELETE FROM tags WHERE recording NOT IN (SELECT id FROM recordings)"
FORGET = tuple(
    f"DELETE FROM {table} WHERE {name} = ?"  # noqa: S608  our own names
    for table, name in (("recordings", "id"), ("held", "recording"), ("tags", "recording"))
)
"""What a destroyed recording takes with it."""

ANEW = "UPDATE recordings SET anew_to = ? WHERE id = ? AND key = ?"
NOTED = "UPDATE recordings SET noted_to = ? WHERE id = ? AND key = ?"
"""What waits, and whom notes are sealed to, counts where it lies under the key that counts."""
