"""What the integration user may do beyond, or short of, what reading needs: said to who runs us, refused to nobody."""

from __future__ import annotations

from connectors.salesforce.client import Client, Failed
from connectors.salesforce.describing import Object
from domain.errors import FixAccess

_ASKED = "SELECT PermissionsModifyAllData, PermissionsViewAllData FROM UserPermissionAccess LIMIT 1"
_ADMINISTRATOR = (
    "the integration user is an administrator (Modify All Data): ask for one with the profile `Minimum Access - API "
    "Only Integrations` and read access to what is read"
)
_SHARING = (
    "the integration user may not see every record (no View All Data): what sharing hides of {} looks as if it were "
    "deleted; ask for `View All` of it"
)


def warnings_about(client: Client, described: Object) -> tuple[str, ...]:
    """Give what should be changed about the integration user's rights."""
    try:
        found = client.query(_ASKED, "UserPermissionAccess")["records"]
    except (FixAccess, Failed):
        return ("the rights of the integration user cannot be seen: nobody knows whether it sees every record",)
    rights = found[0] if found else {}
    if rights.get("PermissionsModifyAllData"):
        return (_ADMINISTRATOR,)
    if not rights.get("PermissionsViewAllData"):
        return (_SHARING.format(described.name),)
    return ()
