using System.Globalization;
using BodyCam.Accounts;
using BodyCam.Custody.Acts;

namespace BodyCam.Cli;

/// <summary>Refusals of accounts in the language of the command line; their own words are those of the console.</summary>
internal static class AccountWords
{
    /// <summary>The message for people.</summary>
    public static string Of(Refusal refusal) => refusal.Code switch
    {
        "name" => "a sign-in name has 2 to 40 letters, digits, '.', '-' or '_': give another.",
        "display_name" => "a name for people has 1 to 100 characters: give another with --display-name.",
        "roles" => "--role takes the roles that --help lists, --rank the ranks; System is the gateway itself and no person's: give others.",
        "name_taken" => "there is an account of that name already: give another name, or see 'bodycam account list'.",
        "password" => string.Create(CultureInfo.InvariantCulture, $"a password has {Passwords.CharactersMin} to {Passwords.CharactersMax} characters, is none of the common ones and does not hold the name: give another."),
        "last_administrator" => "that is the last administrator: add another first.",
        "subject_taken" => "that user of the provider is linked to another account: take that link off first with 'bodycam account link NAME'.",
        "account_not_found" => "the account is gone: see 'bodycam account list'.",
        _ => refusal.Message,
    };
}
