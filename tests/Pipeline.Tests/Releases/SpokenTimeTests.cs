using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;

namespace Pipeline.Tests.Releases;

/// <summary>Clocks, days and zones in words; the day is that of the zone, counted from the given present.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SpokenTimeTests
{
    /// <summary>8:30 in New York, 14:30 in Berlin.</summary>
    private static readonly DateTimeOffset Summer = new(2026, 7, 20, 12, 30, 0, TimeSpan.Zero);

    [TestCase("10 am ET today", "2026-07-20T14:00:00Z")]
    [TestCase("today 10am et", "2026-07-20T14:00:00Z")]
    [TestCase("10 AM ET", "2026-07-20T14:00:00Z")]
    [TestCase("8 AM ET", "2026-07-21T12:00:00Z", Description = "that has been today")]
    [TestCase("2 PM EDT", "2026-07-20T18:00:00Z")]
    [TestCase("2 PM America/Toronto", "2026-07-20T18:00:00Z")]
    [TestCase("2 p.m. america/toronto tomorrow", "2026-07-21T18:00:00Z")]
    [TestCase("noon", "2026-07-21T12:00:00Z")]
    [TestCase("noon Europe/Berlin", "2026-07-21T10:00:00Z")]
    [TestCase("noon CEST, wednesday", "2026-07-22T10:00:00Z")]
    [TestCase("14:00 PT on 2026-12-01", "2026-12-01T22:00:00Z")]
    [TestCase("2026-12-01 14:00 Asia/Kolkata", "2026-12-01T08:30:00Z")]
    [TestCase("14:00 +02:00", "2026-07-21T12:00:00Z")]
    [TestCase("14:00 UTC-4 tomorrow", "2026-07-21T18:00:00Z")]
    [TestCase("14:00Z", "2026-07-20T14:00:00Z")]
    [TestCase("1:30 am EDT on 2026-11-01", "2026-11-01T05:30:00Z", Description = "the first of two")]
    [TestCase("1:30 am EST on 2026-11-01", "2026-11-01T06:30:00Z", Description = "the second of two")]
    public void A_time_in_a_zone_is_that_moment(string text, string expected) =>
        Assert.That(Moments.Stamp(Moments.Parse(text, Summer)), Is.EqualTo(expected));

    /// <summary>At 02:00 UTC it is still yesterday in New York, and tomorrow already in Auckland.</summary>
    [TestCase("10 am ET today", "2026-07-19T14:00:00Z")]
    [TestCase("10 am UTC today", "2026-07-20T10:00:00Z")]
    [TestCase("11 pm Pacific/Auckland today", "2026-07-20T11:00:00Z")]
    public void Today_is_the_day_of_the_zone(string text, string expected) =>
        Assert.That(Moments.Stamp(Moments.Parse(text, Summer.AddHours(-10.5))), Is.EqualTo(expected));

    [TestCase("tomorrow at noon", "9999-12-31")]
    [TestCase("in 5 days", "9999-12-31")]
    [TestCase("11 pm ET", "9999-12-31")]
    public void A_time_beyond_the_calendar_is_no_time(string text, string today)
    {
        var error = Assert.Throws<PipelineException>(() => Moments.Parse(text, Moments.Parse($"{today}T23:59:59Z", Summer)))!;

        Assert.That(error.Diagnostics[0].Code, Is.EqualTo("PL5070"));
    }

    [TestCase("2:30 am ET on 2026-03-08", "PL5072", "2026-03-08 02:30 does not exist in America/New_York")]
    [TestCase("1:30 am ET on 2026-11-01", "PL5073", "2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00")]
    [TestCase("10 am EST", "PL5074", "its offset is -04:00 then")]
    [TestCase("10 am IST", "PL5071", "'IST' in '10 am IST' is not a known time zone")]
    [TestCase("10 am America/Torronto", "PL5071", "did you mean 'America/Toronto'")]
    [TestCase("10 am +23:00", "PL5071", "'+23:00'")]
    [TestCase("10 am ET PT", "PL5070", "10 am ET today")]
    [TestCase("10 am 11 am ET", "PL5070", "not a time")]
    [TestCase("ET today", "PL5070", "not a time")]
    [TestCase("today tomorrow noon", "PL5070", "not a time")]
    public void What_names_no_single_moment_is_bad_input(string text, string code, string expected)
    {
        var error = Assert.Throws<PipelineException>(() => Moments.Parse(text, Summer))!;

        Assert.That((error.Diagnostics[0].Code, error.Exit), Is.EqualTo((code, ExitClass.BadInput)));
        Assert.That(error.Message, Does.Contain(expected));
    }
}
