"""Pages of the reception centre: the desk, and the devices that are desks."""
