"""What is read of a worker in an answer, as the tree that it is; what becomes of it is `connectors.workday.rows`."""

from __future__ import annotations

from connectors.workday.shape import day_of, each, flag, id_of, ids, label, part, text

#: What is said of a whole employment, whatever day a row speaks of.
ENDING = (
    "Termination_Date",
    "Termination_Last_Day_of_Work",
    "Pay_Through_Date",
    "Termination_Category",
    "Termination_Reason",
    "Termination_Type",
)

_REFERENCED = part(
    {
        "Organization_Reference_ID": text("id"),
        "Organization_Name": text("name"),
        "Organization_Type_Reference": id_of("type", "Organization_Type_ID"),
    }
)
_ORGANIZATION = part({"Organization_Data": _REFERENCED})
_LEVEL = part({"Manager_Reference": each("managers", ids("who"))})
_FULL_NAME = part({"@Formatted_Name": "whole", "First_Name": text("first"), "Last_Name": text("last")})
_USE = part({"@Primary": "is_primary", "Type_Reference": id_of("type", "Communication_Usage_Type_ID")})
#: What a name in capitals was read as is a column already; the others are worked out below.
_JOB = part(
    {
        "@Primary_Job": "is_primary",
        "Position_Data": part(
            {
                "Position_Reference": id_of("position", "Position_ID"),
                "Position_ID": text("Position_ID"),
                "Position_Title": text("Position_Title"),
                "Business_Title": text("Business_Title"),
                "Start_Date": day_of("Position_Start_Date"),
                "End_Date": day_of("Position_End_Date"),
                "End_Employment_Date": day_of("end"),
                "Full_Time_Equivalent_Percentage": text("FTE"),
                "Position_Time_Type_Reference": label("Time_Type"),
                "Job_Profile_Summary_Data": part(
                    {
                        "Job_Profile_Reference": id_of("Job_Profile", "Job_Profile_ID"),
                        "Job_Profile_Name": text("Job_Profile_Name"),
                    }
                ),
                "Business_Site_Summary_Data": part(
                    {
                        "Name": text("Location"),
                        "Address_Data": part({"Country_Reference": id_of("Country", "ISO_3166-1_Alpha-2_Code")}),
                    }
                ),
            }
        ),
        "Position_Organizations_Data": part({"Position_Organization_Data": each("organizations", _ORGANIZATION)}),
        "Position_Management_Chains_Data": part(
            {"Position_Supervisory_Management_Chain_Data": part({"Management_Chain_Data": each("chain", _LEVEL)})}
        ),
    }
)
_STATUS = part(
    {
        **{name: flag(name) for name in ("Active", "Terminated", "Hire_Rescinded", "Termination_Involuntary")},
        **{name: day_of(name) for name in ("Hire_Date", "Original_Hire_Date", *ENDING[:3])},
        "Primary_Termination_Category_Reference": label("Termination_Category"),
        "Primary_Termination_Reason_Reference": label("Termination_Reason"),
        "Leave_Status_Data": each(
            "leaves",
            part(
                {
                    "On_Leave": flag("is_on"),
                    "Leave_of_Absence_Type_Reference": label("Leave_Type"),
                    "Leave_Start_Date": day_of("Leave_Start_Date"),
                    "Estimated_Leave_End_Date": day_of("Estimated_Leave_End_Date"),
                }
            ),
        ),
    }
)
_PERSONAL = part(
    {
        "Name_Data": part(
            {
                "Preferred_Name_Data": part({"Name_Detail_Data": each("preferred", _FULL_NAME)}),
                "Legal_Name_Data": part({"Name_Detail_Data": each("legal", _FULL_NAME)}),
            }
        ),
        "Contact_Data": part(
            {
                "Email_Address_Data": each(
                    "mails",
                    part({"Email_Address": text("address"), "Usage_Data": part({"Type_Data": each("uses", _USE)})}),
                )
            }
        ),
    }
)
_COMPENSATION = part(
    {
        "Employee_Compensation_Summary_Data": part(
            {
                "Annualized_Summary_Data": each(
                    "paid",
                    part(
                        {
                            "Total_Base_Pay": text("Base_Pay"),
                            "Currency_Reference": id_of("Base_Pay_Currency", "Currency_ID"),
                            "Frequency_Reference": id_of("Base_Pay_Frequency", "Frequency_ID"),
                        }
                    ),
                )
            }
        ),
        "Commission_Plan_Data": each(
            "commissions",
            part(
                {
                    "Target_Amount": text("Commission_Target"),
                    "Currency_Reference": id_of("Commission_Target_Currency", "Currency_ID"),
                    "Frequency_Reference": id_of("Commission_Target_Frequency", "Frequency_ID"),
                }
            ),
        ),
    }
)
#: What an answer says of a worker, each under the name of its column, or of what it is worked out of.
WORKER = part(
    {
        "Worker_Reference": ids("who"),
        "Worker_Descriptor": text("descriptor"),
        "Universal_Identifier_Reference": id_of("universal", "Universal_Identifier_ID"),
        "Worker_Data": part(
            {
                "Worker_ID": text("Worker_ID"),
                "User_ID": text("User_ID"),
                "Universal_ID": text("Universal_ID"),
                "Personal_Data": _PERSONAL,
                "Employment_Data": part(
                    {
                        "Worker_Job_Data": each("jobs", _JOB),
                        "Worker_Status_Data": each("status", _STATUS),
                        "Worker_Contract_Data": each(
                            "contracts",
                            part({"Contract_End_Date": day_of("end"), "Supplier_Reference": label("Supplier")}),
                        ),
                    }
                ),
                "Compensation_Data": _COMPENSATION,
                "Organization_Data": part({"Worker_Organization_Data": each("organizations", _ORGANIZATION)}),
                "Management_Chain_Data": part(
                    {"Worker_Supervisory_Management_Chain_Data": part({"Management_Chain_Data": each("chain", _LEVEL)})}
                ),
            }
        ),
    }
)
