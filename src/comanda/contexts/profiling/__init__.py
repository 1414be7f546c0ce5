"""Profiling: who the customers are, and how anybody proves who they are.

Owns        customers (e-mail and password), their addresses and status, sessions, the keys that sign tokens,
            staff and their roles, API tokens
Publishes   CustomerRegistered, RegistrationRepeated, CustomerStatusChanged, CustomerErased, PasswordResetRequested,
            PasswordChanged, EmailChangeRequested, CustomerEmailChanged, SessionsEnded,
            SigningKeyAdded, StaffAdded, StaffChanged, StaffPasswordSet, StaffRemoved, RoleDefined, RoleRemoved,
            ApiTokenAdded, ApiTokenRevoked
Reacts to   nothing but its settings
Port        9001
"""
